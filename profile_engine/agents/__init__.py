"""What a model does as an agent: generate by score, judge a pair, improve."""
