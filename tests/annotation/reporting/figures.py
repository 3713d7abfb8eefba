"""A figure of each kind."""

from annotation.reporting.figures import Figure, Matrix, Points, ScoreBars, Series, Share, Shares

BARS = ScoreBars(
    "bars",
    "Scores",
    "Who likes what.",
    ("Length", "Novel Words"),
    (Series("people, evaluation", (0.5, None)), Series("gpt $x_1$ <b>", (-0.25, 0.123))),
    ((1, None), (2, 1)),
)
POINTS = Points(
    "points",
    "Alignment",
    "How close.",
    ("judge", "writer"),
    (Series("τ", (0.2, None)), Series("ρ", (0.3, None)), Series("r", (-1.0, None))),
)
SHARES = Shares(
    "shares",
    "Agreement",
    "How often.",
    "percent",
    (Share("judge", 0.75, 0.66, 0.83, 90), Share("nobody", None, None, None, 0)),
)
MATRIX = Matrix("matrix", "Correlations", "What goes along.", ("a", "b"), ((1.0, -0.5), (-0.5, None)))
EVERY: tuple[Figure, ...] = (BARS, POINTS, SHARES, MATRIX)
