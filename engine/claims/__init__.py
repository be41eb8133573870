"""The claims warehouse: tables, metrics and questions of health insurance claims."""
