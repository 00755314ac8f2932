//! Every setting with its meaning and default; checked once, at start.
