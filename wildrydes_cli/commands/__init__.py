"""The commands, one file each. A command reads its options, calls a layer below, and hands the result to `output`."""
