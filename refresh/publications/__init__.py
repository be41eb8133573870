"""Publications under management: any feed, described once in a manifest and held to it."""
