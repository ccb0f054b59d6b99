"""BPStudio of Alibaba Cloud."""
