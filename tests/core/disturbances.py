"""What a Raman device exports when no substance is to be seen: noise, background, lamps, faults."""

import numpy as np

from spectra.spectrum import Spectrum

AXIS = np.arange(200.0, 2400.0, 1.5)
X = (AXIS - AXIS[0]) / (AXIS[-1] - AXIS[0])

NEON = {
    585.249: 1.0, 588.190: 0.5, 594.483: 0.7, 597.553: 0.3, 603.000: 0.4, 607.434: 0.8, 609.616: 0.9,
    614.306: 1.0, 616.359: 0.6, 621.728: 0.5, 626.650: 0.8, 630.479: 0.4, 633.443: 1.0, 638.299: 1.0,
    640.225: 2.0, 650.653: 1.5, 653.288: 0.6, 659.895: 0.7, 667.828: 1.0, 671.704: 0.6, 692.947: 1.0,
    702.405: 0.4, 703.241: 2.0, 717.394: 0.8, 724.517: 0.9, 743.890: 0.4, 748.887: 0.3, 753.577: 0.3,
    808.246: 0.1, 813.641: 0.15, 826.608: 0.1, 830.033: 0.2, 837.761: 0.6, 841.843: 0.2, 846.336: 0.1,
    849.536: 0.4, 859.126: 0.25, 863.465: 0.25, 865.438: 0.4, 878.062: 0.35, 878.375: 0.3, 885.387: 0.25,
    891.950: 0.1, 914.867: 0.1, 920.176: 0.1, 930.085: 0.08, 932.651: 0.1, 942.538: 0.07, 948.668: 0.08,
}  # fmt: skip
ARGON = {
    696.543: 1.0, 706.722: 0.8, 727.294: 0.3, 738.398: 0.9, 750.387: 1.0, 751.465: 0.7, 763.511: 2.0,
    772.376: 1.0, 794.818: 0.7, 800.616: 0.6, 801.479: 0.7, 810.369: 0.7, 811.531: 1.8, 826.452: 0.6,
    840.821: 0.5, 842.465: 0.8, 852.144: 0.4, 866.794: 0.2, 912.297: 1.0, 922.450: 0.5, 965.779: 0.7,
    978.450: 0.3, 1110.6: 0.3, 1148.8: 0.4, 1166.9: 0.5, 1211.2: 0.5, 1240.3: 0.6, 1248.8: 0.3,
    1270.2: 0.3, 1280.3: 0.3, 1295.7: 0.6, 1300.8: 0.3, 1322.8: 0.4, 1336.7: 0.6, 1350.4: 0.6,
}  # fmt: skip
ROOM = {
    546.07: 1.5, 576.96: 0.4, 579.07: 0.4, 542.4: 0.8, 544.8: 0.8, 587.6: 0.5, 593.4: 0.3, 599.0: 0.3,
    611.6: 2.0, 631.0: 0.4, 650.8: 0.2, 693.7: 0.15, 707.1: 0.3, 709.4: 0.3, 763.51: 0.3, 772.4: 0.2,
    794.8: 0.1, 801.0: 0.15, 811.53: 0.4, 826.45: 0.15, 842.46: 0.2, 852.1: 0.1, 912.3: 0.3, 922.4: 0.1,
}  # fmt: skip
"""Lines of lamps, nm in air, with rough heights. A room's fluorescent tube: mercury, phosphors, argon."""

LASERS_NM = (532.0, 633.0, 785.0, 1064.0)


def gauss(centre, fwhm, axis=AXIS):
    return np.exp(-4 * np.log(2) * ((axis - centre) / fwhm) ** 2)


def lorentz(centre, fwhm, axis=AXIS):
    return 1.0 / (1.0 + 4.0 * ((axis - centre) / fwhm) ** 2)


def wavelength_nm(laser_nm, axis=AXIS):
    return 1e7 / (1e7 / laser_nm - axis)


def white(seed, size=AXIS.size):
    return np.random.default_rng(seed).normal(0.0, 5.0, size)


def coloured(seed, power):
    """Noise whose power falls as frequency to the given power."""
    rng = np.random.default_rng(seed)
    frequency = np.fft.rfftfreq(AXIS.size)
    frequency[0] = frequency[1]
    wave = (rng.normal(size=frequency.size) + 1j * rng.normal(size=frequency.size)) / frequency ** (power / 2)
    noise = np.fft.irfft(wave, AXIS.size)
    return 50.0 * noise / noise.std()


def spikes(seed, n=15):
    rng = np.random.default_rng(seed)
    spectrum = 100.0 + white(seed)
    spectrum[rng.integers(0, AXIS.size, n)] += rng.exponential(5000.0, n)
    return spectrum


def lamp(lines, laser_nm, fwhm, seed):
    """A pen lamp or the room's light at one laser's shifts, with resolution and noise."""
    shifts = {1e7 / laser_nm - 1e7 / nm: height for nm, height in lines.items()}
    spectrum = sum(height * gauss(shift, fwhm) for shift, height in shifts.items())
    return 20_000.0 * spectrum / spectrum.max() + 200.0 + white(seed)


def fringes(seed, laser_nm=785.0):
    """Fluorescence as a thinned detector shows it: interference in the silicon, 3 to 9 nm apart."""
    rng = np.random.default_rng(seed)
    wave = np.cos(2 * np.pi * wavelength_nm(laser_nm) / rng.uniform(3.0, 9.0) + rng.uniform(0, 6))
    return rng.poisson((300.0 + 30_000.0 * gauss(1100.0, 1500.0)) * (1.0 + 0.15 * wave)).astype(float)


def thermal(seed, kelvin, laser_nm=785.0):
    """A halogen lamp or the sun, times a silicon detector's response, with shot noise."""
    nm = wavelength_nm(laser_nm)
    light = (1e3 / nm) ** 5 / np.expm1(1.4388e7 / (nm * kelvin)) * np.clip((1060.0 - nm) / 300.0, 0.02, 1.0)
    return np.random.default_rng(seed).poisson(50_000.0 * light / light.max()).astype(float)


def sunlight(seed):
    """The sun with the calcium triplet and the water bands of the air as dark lines."""
    rng = np.random.default_rng(seed)
    nm, clear = wavelength_nm(785.0), np.ones(AXIS.size)
    lines = [(849.8, 0.15), (854.2, 0.3), (866.2, 0.25)]
    lines += [(place, rng.uniform(0.05, 0.3)) for place in rng.uniform(812.0, 836.0, 30)]
    lines += [(place, rng.uniform(0.05, 0.5)) for place in rng.uniform(890.0, 980.0, 120)]
    for place, depth in lines:
        clear *= 1.0 - depth * gauss(place, 0.7, nm)
    return thermal(seed, 5700.0) * clear


def no_signal(seed):
    """Noise and nothing else, of every kind that a device may leave."""
    rng = np.random.default_rng([seed, 1])
    return {
        "white": 100.0 + white(seed),
        **{f"coloured {power}": 1000.0 + coloured(seed, power) for power in (1.0, 2.0, 3.0)},
        "poisson on a ramp": rng.poisson(20.0 + 3000.0 * X).astype(float),
        "single counts": rng.poisson(0.2, AXIS.size).astype(float),
        "quantised": np.round(rng.normal(100.0, 0.7, AXIS.size)),
        "smoothed by 9 points": np.convolve(white(seed, AXIS.size + 8), np.ones(9) / 9, "valid"),
        "random walk": np.cumsum(white(seed)),
        "cauchy": rng.standard_cauchy(AXIS.size),
        "spikes": spikes(seed),
        "steps": np.repeat(rng.uniform(0, 1000, 24), AXIS.size // 24 + 1)[: AXIS.size] + white(seed),
        "sawtooth": 1000.0 * ((AXIS / rng.uniform(40, 130)) % 1.0) + white(seed),
    }


def background(seed):
    """Fluorescence and light without lines."""
    rng = np.random.default_rng([seed, 2])
    place = rng.uniform(400.0, 2100.0)
    noise = 100.0 + white(seed)
    return {
        **{f"hump of {width}": 5000.0 * gauss(place, width) + noise for width in (60, 120, 250, 600)},
        "lorentzian hump": 5000.0 * lorentz(place, 120.0) + noise,
        "two humps": 8000.0 * gauss(700.0, 300.0) + 5000.0 * gauss(1700.0, 450.0) + noise,
        "shot noise on a hump": rng.poisson(500.0 + 60_000.0 * gauss(1200.0, 1200.0)).astype(float),
        "polynomial": 1e4 * np.polynomial.polynomial.polyval(2 * X - 1, rng.normal(size=6)) + noise,
        "falling from the laser line": 20_000.0 * np.exp(-8.0 * X) + noise,
        "fringes": fringes(seed),
        "halogen": thermal(seed, 2800.0),
        "sunlight": sunlight(seed),
    }


def without_noise():
    """Curves that no detector gives, yet files hold."""
    one = np.zeros(AXIS.size)
    one[700] = 1.0
    return {
        "zero": np.zeros(AXIS.size),
        "flat": np.full(AXIS.size, 7.0),
        "almost flat": 1000.0 + 1e-9 * white(0),
        "ramp": 1e4 * X,
        "step": np.where(AXIS > 1000.0, 1e4, 0.0),
        "parabola": (2 * X - 1) ** 2,
        "triangle": 1.0 - np.abs(2 * X - 1),
        "one count": one,
        "comb": 100.0 * (np.arange(AXIS.size) % 20 == 0),
    }


def lamps(fwhm):
    """Every lamp at every laser at which it has lines."""
    return {
        f"{name} at {laser:.0f} nm": lamp(lines, laser, fwhm, int(laser))
        for name, lines in (("neon", NEON), ("argon", ARGON), ("room light", ROOM))
        for laser in LASERS_NM
        if any(AXIS[0] < 1e7 / laser - 1e7 / nm < AXIS[-1] for nm in lines)
    }


def random_lorentzians(seed, n_bands):
    """Bands at random places on fluorescence, with the noise of a usable measurement."""
    rng = np.random.default_rng([seed, n_bands])
    bands = sum(
        np.exp(rng.normal(0.0, 0.7)) * lorentz(rng.uniform(350.0, 2150.0), rng.uniform(8.0, 25.0))
        for _ in range(n_bands)
    )
    noise = rng.normal(0.0, 1000.0 / np.exp(rng.uniform(np.log(30.0), np.log(300.0))), AXIS.size)
    hump = 1000.0 * gauss(rng.uniform(800.0, 2000.0), rng.uniform(1500.0, 3000.0))
    return Spectrum(AXIS, 1000.0 * bands / bands.max() + hump + noise + 100.0)


FAULTS = {
    "20 off": lambda x, y: (x + 20.0, y),
    "-50 off": lambda x, y: (x - 50.0, y),
    "100 off": lambda x, y: (x + 100.0, y),
    "-200 off": lambda x, y: (x - 200.0, y),
    "ten times": lambda x, y: (10.0 * x, y),
    "a tenth more": lambda x, y: (1.1 * x, y),
    "nm taken for cm-1": lambda x, y: (1e7 / (1e7 / 785.0 - x), y),
    "pixels": lambda x, y: (np.arange(x.size) + 1.0, y),
    "shuffled": lambda x, y: (x, np.random.default_rng(0).permutation(y)),
    "negative": lambda x, y: (x, -y),
    "transmission": lambda x, y: (x, y.max() - y),
    "absorbance": lambda x, y: (x, -np.log10((y - y.min() + 0.05 * np.ptp(y)) / np.ptp(y))),
    "integrated": lambda x, y: (x, np.cumsum(y - y.min())),
}
"""Wrong axes and wrong intensities, as functions of both."""
