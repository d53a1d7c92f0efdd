"""The judge of engines: losses, gradients and updates in float64, from the formulas alone.

Why its tolerances are what they are, tests/engines/test_conformance.py says.
"""

import torch

from redraw.fields import Field
from redraw.fields.encoding_configs import IdentityConfig
from redraw.fields.hash_grid_config import HashGridConfig

SAFETY = 8.0


def activated(name, z, omega, spread):
    if name == "finer":
        return torch.sin(omega * (z.detach().abs() + 1) * z)
    if name == "wire-complex":
        squared = z.real**2 + z.imag**2 if z.is_complex() else z**2
        return torch.exp(1j * omega * z - spread**2 * squared)
    return {
        "tanh": lambda: 2 / (1 + torch.exp(-2 * z)) - 1,
        "sigmoid": lambda: 1 / (1 + torch.exp(-z)),
        "relu": lambda: torch.where(z > 0, z, torch.zeros_like(z)),
        "silu": lambda: z / (1 + torch.exp(-z)),
        "sine": lambda: torch.sin(omega * z),
        "gauss": lambda: torch.exp(-(spread**2) * z * z),
        "wire": lambda: torch.cos(omega * z) * torch.exp(-(spread**2) * z * z),
    }[name]()


class Judge:
    """Losses, gradients and updates in float64, and how far rounding may move them."""

    def __init__(self, field, samples, loss, optimizer, eps):
        self.config, self.samples, self.loss, self.optimizer = (
            field.config, samples, loss, optimizer,
        )  # fmt: skip
        self.eps = eps
        double = Field.build(field.config, dtype=torch.float64)
        double.load_state_dict(
            {k: t.to(double.state_dict()[k].dtype) for k, t in field.state_dict().items()}
        )
        self.encoding = double.encoding
        self.values = {k: p.detach().clone() for k, p in double.named_parameters()}
        self.tolerance = {k: torch.zeros_like(v.abs()) for k, v in self.values.items()}
        self.first = {k: torch.zeros_like(v) for k, v in self.values.items()}
        self.second = {k: torch.zeros_like(torch.view_as_real(v) if v.is_complex() else v)
                       for k, v in self.values.items()}  # fmt: skip
        self.slack = {k: torch.zeros_like(t) for k, t in self.tolerance.items()}
        self.root_slack = {k: torch.zeros_like(t) for k, t in self.tolerance.items()}
        self.count = 0
        self.random = torch.Generator().manual_seed(0)

    def features(self, xy, values):
        encoding = self.config.encoding
        if isinstance(encoding, IdentityConfig):
            return xy
        if isinstance(encoding, HashGridConfig):
            return torch.func.functional_call(
                self.encoding, {"table": values["encoding.table"]}, (xy,)
            )
        phase = torch.pi * (xy + 1) @ self.encoding.matrix.T
        return torch.cat([torch.cos(phase), torch.sin(phase)], 1)

    def raw(self, xy, values):
        """The network's numbers, and each layer's inputs and sums."""
        c = self.config
        z, seen = self.features(xy, values), []
        for depth in range(len(c.hidden) + 1):
            x = z
            weight = values[f"network.layers.{depth}.weight"]
            z = x.to(weight.dtype) @ weight.T
            if c.bias:
                z = z + values[f"network.layers.{depth}.bias"]
            if z.requires_grad:
                z.retain_grad()
            seen.append((x, z))
            if depth < len(c.hidden):
                z = activated(c.activation, z, c.omega_first if depth == 0 else c.omega, c.spread)
        return (z.real if z.is_complex() else z), seen

    def evaluate(self, xy, counts, target, values, sharpness):
        """Loss, squared error, gradients and their sums of absolute values."""
        values = {k: v.detach().clone().requires_grad_() for k, v in values.items()}
        raw, seen = self.raw(xy, values)
        mean = torch.zeros(len(counts), len(xy), dtype=torch.float64)
        mean[torch.repeat_interleave(counts), torch.arange(len(xy))] = 1.0
        mean /= counts[:, None]
        sigmoid = self.config.output == "sigmoid"
        out = 1 / (1 + torch.exp(-sharpness * raw)) if sigmoid else raw
        p, t = mean @ out, target
        if self.loss == "mse":
            loss = ((p - t) ** 2).mean()
        elif self.loss == "l1":
            loss = (p - t).abs().mean()
        elif self.loss == "relative_l2":
            loss = ((p - t) ** 2 / (p.detach() ** 2 + 0.01)).mean()
        else:
            paper = mean @ (1 / (1 + torch.exp(sharpness * raw)))  # 1 - p, not cancelled
            loss = -(t * torch.log(p) + (1 - t) * torch.log(paper)).mean()
        loss.backward()
        gradients = {k: v.grad for k, v in values.items()}
        sums = {}
        for depth, (x, z) in enumerate(seen):
            sums[f"network.layers.{depth}.weight"] = z.grad.abs().T @ x.detach().abs()
            sums[f"network.layers.{depth}.bias"] = z.grad.abs().sum(0)
        for k, gradient in gradients.items():
            # A table's row sums what its points and neighbours send.
            sums.setdefault(k, gradient.abs().max().expand_as(gradient) * len(xy) ** 0.5)
        return loss.item(), ((p - t) ** 2).mean().item(), gradients, sums

    def step(self, pixels, step, rate, sharpness):
        """One step; returns the loss, the squared error, and the tolerances of both."""
        xy, counts = self.samples.points(pixels, step)
        xy, counts = torch.from_numpy(xy).double(), torch.from_numpy(counts)
        target = torch.from_numpy(self.samples.values[pixels]).double()
        loss, squared, gradients, sums = self.evaluate(xy, counts, target, self.values, sharpness)
        widths = [2, self.encoding.features, *self.config.hidden]
        unit = self.eps * max(widths) ** 0.5
        # What roundings do, SAFETY times over, and what the parameters' tolerances do.
        slack = {k: self.eps * sums[k] for k in gradients}
        loss_slack = squared_slack = SAFETY * self.eps * (1 + len(xy) ** 0.5 * max(loss, squared))
        for times, rounded in ((SAFETY, True), (1.0, False)):
            moves = []
            for _ in range(2):
                values = {
                    k: v + (unit * v.abs() if rounded else self.tolerance[k]) * self.signs(v)
                    for k, v in self.values.items()
                }
                other = xy + self.eps * rounded * xy.abs() * self.signs(xy)
                again = self.evaluate(other, counts, target, values, sharpness)
                moved = {k: (again[2][k] - g).abs().max() for k, g in gradients.items()}
                moves.append((abs(again[0] - loss), abs(again[1] - squared), moved))
            loss_slack += times * max(move[0] for move in moves)
            squared_slack += times * max(move[1] for move in moves)
            for k in slack:
                slack[k] = slack[k] + times * max(move[2][k] for move in moves)
        for k, gradient in gradients.items():
            self.tolerance[k] = self.tolerance[k] + self.update(k, gradient, slack[k], rate)
        self.count += 1
        return (loss, loss_slack), (squared, squared_slack)

    def signs(self, like):
        return torch.randint(0, 2, like.shape, generator=self.random).to(like.dtype) * 2 - 1

    def update(self, k, gradient, slack, rate):
        """Apply the update rule; how far the parameter may differ by the gradients' slacks."""
        o, value, number = self.optimizer, self.values[k], self.count + 1
        rounding = 2 * self.eps * value.abs()
        if o.kind == "adamw":
            value = value - rate * o.weight_decay * value
        else:
            gradient = gradient + o.weight_decay * value
            slack = slack + o.weight_decay * self.tolerance[k]
        if o.kind == "sgd":
            self.first[k] = o.momentum * self.first[k] + gradient
            self.slack[k] = o.momentum * self.slack[k] + slack
            self.values[k] = value - rate * self.first[k]
            return rounding + rate * self.slack[k]
        parts = torch.view_as_real if gradient.is_complex() else torch.clone
        joined = torch.view_as_complex if gradient.is_complex() else torch.clone
        self.first[k] = o.beta1 * self.first[k] + (1 - o.beta1) * gradient
        self.slack[k] = o.beta1 * self.slack[k] + (1 - o.beta1) * slack
        self.second[k] = o.beta2 * self.second[k] + (1 - o.beta2) * parts(gradient) ** 2
        self.root_slack[k] = o.beta2 * self.root_slack[k] + (1 - o.beta2) * slack**2
        m = self.first[k] / (1 - o.beta1**number)
        below = (self.second[k] / (1 - o.beta2**number)).sqrt() + o.eps
        moment = joined((parts(m) / below).contiguous())
        self.values[k] = value - rate * moment
        if gradient.is_complex():
            below = below.amin(-1)
        # The root of a mean of squares is a norm: it moves by no more than that of the slacks.
        root = (self.root_slack[k] / (1 - o.beta2**number)).sqrt()
        return (
            rounding
            + rate * (self.slack[k] / (1 - o.beta1**number) + root * moment.abs()) / below
            + rate * 4 * self.eps * moment.abs()
        )
