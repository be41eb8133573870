"""The claims warehouse: how claims, members, plans and providers become dimensions and facts."""
