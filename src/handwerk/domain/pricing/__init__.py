"""What a job should cost, how sure that is, and why. All prices are euros net of VAT.

`calculation.py` is the firm's arithmetic. `footing.py` says what a price can start from,
`level.py` how the firm's finished jobs came out against that, `features.py` what a model looks at.
`backtest.py` asks which of the rungs (calculation, firm factor, model) would have been right;
`cases.py`, `screening.py` and `trials.py` put the jobs before it, `training.py` runs it all, and
`learned.py` is what it leaves behind. `estimate.py` answers, with `explanation.py` and
`confidence.py`.
"""
