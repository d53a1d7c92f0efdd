import pytest
import torch

from redraw.fields.network import Network
from redraw.fields.sizes import ACTIVATIONS, in_network


def made(seed=0, **options):
    network = Network(2, (8, 9), 3, **options)
    network.initialise(torch.Generator().manual_seed(seed))
    return network


def test_there_is_no_activation_after_the_last_layer():
    network = made(activation="tanh")
    with torch.no_grad():
        network.layers[-1].bias += 100.0
    assert (network(torch.zeros(4, 2)) > 50).all()


def test_without_hidden_layers_it_is_linear():
    network = Network(2, (), 3)
    network.initialise(torch.Generator())
    x, y = torch.rand(5, 2), torch.rand(5, 2)
    middle = (network(x) + network(y)) / 2
    torch.testing.assert_close(network((x + y) / 2), middle)


def test_the_first_layer_has_its_own_frequency():
    xy = torch.rand(5, 2, generator=torch.Generator().manual_seed(1))
    slow, fast = made(omega_first=1.0), made(omega_first=2.0)
    with torch.no_grad():
        for network in (slow, fast):
            network.layers[0].bias.zero_()
    # sin(2 (W x)) = sin(1 (W (2 x)))
    torch.testing.assert_close(fast(xy), slow(2 * xy))


def test_first_bias_bounds_the_first_layer_only():
    network = Network(2, (2000, 50), 1, first_bias=5.0)
    network.initialise(torch.Generator().manual_seed(0))
    assert 4.9 < network.layers[0].bias.abs().max() <= 5.0
    assert network.layers[1].bias.abs().max() <= 2000**-0.5


def test_first_weight_bounds_the_first_layer_only():
    network = Network(2, (2000, 50), 1, first_weight=5.0)
    network.initialise(torch.Generator().manual_seed(0))
    assert 4.9 < network.layers[0].weight.abs().max() <= 5.0
    assert network.layers[0].bias.abs().max() <= 2**-0.5
    assert network.layers[1].weight.abs().max() <= (6 / 2000) ** 0.5 / 30


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_biases_can_be_left_out(name):
    network = made(activation=name, bias=False)
    assert all(layer.bias is None for layer in network.layers)
    assert network(torch.rand(4, 2)).shape == (4, 3)


def test_complex_layers_start_after_the_first_and_end_real():
    network = made(activation="wire-complex")
    assert [layer.weight.is_complex() for layer in network.layers] == [False, True, True]
    assert not network(torch.rand(4, 2)).is_complex()


def test_initialising_again_starts_anew():
    network, other = made(seed=1), made(seed=2)
    assert not torch.equal(network.layers[0].weight, other.layers[0].weight)
    other.initialise(torch.Generator().manual_seed(1))
    for a, b in zip(network.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_its_numbers_are_counted_without_making_it(activation, bias):
    for hidden in ((), (7,), (5, 9, 4)):
        made = Network(6, hidden, 3, activation=activation, bias=bias)
        there = sum(
            torch.view_as_real(p).numel() if p.is_complex() else p.numel()
            for p in made.parameters()
        )
        assert in_network(6, hidden, 3, activation=activation, bias=bias) == there
