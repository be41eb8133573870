"""Publications under management: tables and metrics of what manifests register."""
