"""Numbers of result documents: where they are, and how they are written."""
import re


def find(document, path):
    """The field at `path`: names joined by dots; [3] takes an element of a list, [name=null] the first whose field
    has that value, [name=edit,part=report] by several fields. None where there is nothing."""
    for name, choice in re.findall(r"([\w-]+)|\[([^\]]*)\]", path):
        if document is None:
            return None
        if name:
            document = document.get(name) if isinstance(document, dict) else None
        elif re.fullmatch(r"-?\d+", choice):
            index = int(choice)
            document = document[index] if -len(document) <= index < len(document) else None
        else:
            wanted = [pair.split("=", 1) for pair in choice.split(",")]
            document = next((entry for entry in document
                             if all(_said(entry.get(key)) == value for key, value in wanted)), None)
    return document


def _said(value):
    return {None: "null", True: "true", False: "false"}.get(value, value) if isinstance(value, (bool, type(None))) \
        else str(value)


def estimate(value):
    """{"mean", "low", "high", "n"} of a field: an estimate as it is, a bare number without an interval."""
    if value is None or isinstance(value, dict):
        return value
    return {"mean": value, "low": None, "high": None, "n": None}


def over_seeds(estimates):
    """The mean of several seeds' values with the 95 % interval of Student's t over seeds; None of fewer than two."""
    quantile = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
    values = [each["mean"] for each in estimates]
    count = len(values)
    if count not in quantile:
        return None
    mean = sum(values) / count
    deviation = (sum((value - mean) ** 2 for value in values) / (count - 1)) ** 0.5
    half = quantile[count] * deviation / count ** 0.5
    return {"mean": mean, "low": mean - half, "high": mean + half, "n": count}


# How a unit is written: factor and digits after the point.
UNITS = {"%": (100, 2), "errors": (1, 3), "nats": (1, 4), "cosine": (1, 3), "games": (1, 0), "probability": (1, 4),
         "auroc": (1, 3), "llc": (1, 1), "x": (1, 2)}


def text(value, unit):
    """"95.61 [95.37, 95.83]" of an estimate; "–" of none."""
    if value is None or value.get("mean") is None:
        return "–"
    factor, digits = UNITS[unit]

    def number(x):
        return f"{factor * x:,.{digits}f}".replace(",", " ")
    if value.get("low") is None or value.get("high") is None:
        return number(value["mean"])
    return f"{number(value['mean'])} [{number(value['low'])}, {number(value['high'])}]"
