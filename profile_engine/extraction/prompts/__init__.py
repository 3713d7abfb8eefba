"""What the judge is asked, as versioned data: questions, worked cases, and the requests made of them."""
