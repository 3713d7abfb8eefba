"""What models do in a study: generate responses, judge pairs, give rewards, improve."""
