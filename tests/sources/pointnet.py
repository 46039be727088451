import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Variable


class TNet(nn.Module):
    def __init__(self, k=3):
        super(TNet, self).__init__()
        self.k = k
        self.conv1 = torch.nn.Conv1d(k, 32, 1)
        self.conv2 = torch.nn.Conv1d(32, 64, 1)
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, k * k)
        self.bn1, self.bn2, self.bn3 = nn.BatchNorm1d(32), nn.BatchNorm1d(64), nn.BatchNorm1d(32)

    def forward(self, x):
        batchsize = x.size()[0]
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = torch.max(x, 2, keepdim=True)[0]
        x = x.view(-1, 64)
        x = F.relu(self.bn3(self.fc1(x)))
        x = self.fc2(x)
        iden = Variable(torch.from_numpy(np.eye(self.k).flatten().astype(np.float32))).view(1, self.k * self.k).repeat(batchsize, 1)
        if x.is_cuda:
            iden = iden.cuda()
        x = x + iden
        return x.view(-1, self.k, self.k)


class PointNet(nn.Module):
    def __init__(self, classes=7):
        super(PointNet, self).__init__()
        self.stn = TNet(3)
        self.mlp = nn.Sequential(nn.Conv1d(3, 64, 1), nn.BatchNorm1d(64), nn.ReLU(), nn.Conv1d(64, 128, 1))
        self.seg = nn.Conv1d(128 + 128, classes, 1)

    def forward(self, pts):
        n_pts = pts.size(2)
        trans = self.stn(pts)
        x = torch.bmm(pts.transpose(2, 1), trans).transpose(2, 1)
        x = self.mlp(x)
        g = torch.max(x, 2, keepdim=True)[0].repeat(1, 1, n_pts)
        x = self.seg(torch.cat([x, g], 1))
        return F.log_softmax(x.transpose(2, 1).contiguous(), dim=-1), trans
