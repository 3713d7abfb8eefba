"""What a human study found (PROFILE Appendix A, Table 4)."""
