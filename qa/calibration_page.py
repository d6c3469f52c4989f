"""A calibration as one HTML page to look at and to print: nothing in it is fetched and nothing in it runs."""

from __future__ import annotations

from html import escape

from qa.calibration import FITTED, Calibration, Point, asked_text, steps
from qa.plot import Line, Mark, line_plot
from qa.report_words import counted

_STYLE = (
    ":root{color-scheme:light dark}body{margin:2rem auto;max-width:44rem;padding:0 1rem;font:16px/1.55 system-ui,"
    "sans-serif}svg{width:100%;height:auto}table{border-collapse:collapse}th,td{padding:.2rem .8rem .2rem 0;"
    "text-align:right}th:first-child{text-align:left}"
)


def calibration_html(calibration: Calibration) -> str:
    """Risk against coverage as a picture, with the threshold before and after, and the figures below it."""
    plot = line_plot(
        [Line(label="wrong among the answers given", points=tuple((p.coverage, p.risk) for p in calibration.curve))],
        x_label="questions answered",
        y_label="answers that are wrong",
        title="Risk against coverage",
        marks=[
            Mark(label=f"{name}, threshold {point.threshold:.3f}", at=(point.coverage, point.risk))
            for name, point in (("before", calibration.before), ("after", calibration.after))
        ],
    )
    bad = len(calibration.bad_lines)
    passed = f" {counted(bad, 'line')} {'was' if bad == 1 else 'were'} passed over." if bad else ""
    rows = "".join(_row(name, point) for name, point in steps(calibration))
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' "
        f"content='width=device-width'><title>Calibration</title><style>{_STYLE}</style></head><body>"
        "<h1>Calibration of the confidence</h1>"
        f"<p>{escape(asked_text(calibration))}, over {escape(calibration.embedder)}.{passed} "
        f"AUROC of the confidence: {calibration.auroc:.3f}; 0.5 is chance, 1 "
        "tells every question that is answered right from every other.</p>"
        f"<figure>{plot}</figure>"
        "<table><thead><tr><th></th><th>threshold</th><th>answered</th><th>wrong answers</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><p>{FITTED}</p></body></html>\n"
    )


def _row(name: str, point: Point) -> str:
    cells = (f"{point.threshold:.3f}", f"{point.coverage:.1%}", f"{point.risk:.1%}")
    return f"<tr><th scope='row'>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
