"""Validating an extraction by hand (PROFILE Appendix D.3) and coding feedback (F.2.3).

| module | holds |
| --- | --- |
| `choices` | level, stratification, raw or corrected values |
| `design` | what is drawn, and how: `Design`, `ValidationInfo`, `Validations` (create, list) |
| `items` | what a validator sees: `ValidationItem`, `FactLine`, `ExtractedValue` |
| `judgements`, `log` | what they say: `NewJudgement`; the append-only `ValidationLog` |
| `desk` | one person's work on one validation: next item, save, undo, progress, live accuracy |
| `order` | one person's way through a list: the next, the one beside |
| `reference` | what several validators say together; what is left to adjudicate |
| `corrections` | the layer of right values over the extracted ones |
| `report` | accuracy, confusion, precision and recall, reasons, agreement |
| `extractors` | two extractors compared on the same validated items |
| `coding`, `coding_report` | which factors a feedback text mentions, counted |
"""
