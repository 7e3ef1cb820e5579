"""What is deployed to AWS: what should exist, what does exist, the difference, and why."""
