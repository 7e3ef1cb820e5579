"""The tutorial's web application on this machine: its page, and `POST /ride` through the function's own handler."""
