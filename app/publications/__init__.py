"""Publications under management: pages that say whether the lake is well, and change its state."""
