"""The pages that tell how nodes are doing."""
