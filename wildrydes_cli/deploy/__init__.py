"""What is brought up on AWS, and how: what ought to be there, what is there, and the difference."""
