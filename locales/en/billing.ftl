# Billing
