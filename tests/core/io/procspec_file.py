"""ProcSpec archives of made-up numbers."""

import zipfile
from io import BytesIO

import numpy as np

N = 40
X = 900.0 + 2.5 * np.arange(N)
P, S, D, R = (
    np.round(base + 10 * np.sin(X / scale), 4) for base, scale in ((50, 30), (900, 20), (90, 50), (4000, 70))
)


def array(tag: str, values: np.ndarray) -> str:
    return f"<{tag}>" + "".join(f"<double>{value!r}</double>" for value in values.tolist()) + f"</{tag}>"


def document(
    *, processed: np.ndarray | None = P, axis: np.ndarray = X, extra: str = "", pixels: int = N
) -> str:
    kind = "com.oceanoptics.spectrasuite.spectrumdescriptors.TransmissionCoreProcessor"
    parts = [
        "<?xml version='1.0' encoding='UTF-8'?>", extra, "<root><sourceSpectra><one>",
        array("pixelValues", S), array("channelWavelengths", axis),
        "<integrationTime>70000</integrationTime><scansToAverage>15</scansToAverage>",
        "<spectrometerSerialNumber>USB2X001</spectrometerSerialNumber>",
        "<spectrometerClass>com.oceanoptics.omnidriver.spectrometer.usb2000.USB2000</spectrometerClass>",
        f"<spectrometerNumberOfPixels>{pixels}</spectrometerNumberOfPixels>",
        "<milliTime>1471630792000</milliTime><userName>J\x01os\x00\xe9</userName></one></sourceSpectra>",
        f"<darkSpectrum>{array('pixelValues', D)}<integrationTime>1</integrationTime></darkSpectrum>",
        f"<referenceSpectrum>{array('pixelValues', R)}</referenceSpectrum><processor>{kind}</processor>",
        "" if processed is None else array("processedPixels", processed), "</root>",
    ]  # fmt: skip
    return "".join(parts)


def archive(text: str | bytes, *names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("OOIVersion.txt", "1")
        for name in names or ("ps_0.xml",):
            file.writestr(name, text if isinstance(text, bytes) else text.encode("latin-1"))
        file.writestr("OOISignatures.xml", "<x/>")
    return out.getvalue()
