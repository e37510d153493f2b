# Security
