# my resnet for the cifar assignment
import torch
import torch.nn as nn
import torch.nn.functional as F

class ResBlock(nn.Module):
  def __init__(self,inC,outC,s):
    super(ResBlock,self).__init__()
    self.c1=nn.Conv2d(inC,outC,3,s,1); self.b1=nn.BatchNorm2d(outC)
    self.c2=nn.Conv2d(outC,outC,3,1,1); self.b2=nn.BatchNorm2d(outC)
    if s!=1 or inC!=outC: self.short=nn.Conv2d(inC,outC,1,s)
    else: self.short=None

  def forward(self,x):
    y=F.relu(self.b1(self.c1(x)))
    y=self.b2(self.c2(y))
    if self.short: x=self.short(x)
    return F.relu(x+y)

class MyResNet(nn.Module):
  def __init__(self):
    super(MyResNet,self).__init__()
    self.first=nn.Conv2d(3,16,3,1,1)
    self.layers=[]
    c=16
    for stage in range(3):
      for i in range(2):
        out=16*2**stage
        b=ResBlock(c,out,2 if i==0 and stage>0 else 1)
        self.layers.append(b)
        self.add_module("res_%d_%d"%(stage,i),b)
        c=out
    self.lin=nn.Linear(64,10)

  def forward(self,x):
    x=F.relu(self.first(x))
    for l in self.layers: x=l(x)
    x=F.avg_pool2d(x,8)
    x=x.view(-1,64)
    return self.lin(x)

model=MyResNet()
print(model)
#x=torch.randn(4,3,32,32)
#print(model(x).shape)
