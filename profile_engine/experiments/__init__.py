"""The paper's studies as functions of arrays and rankings (PROFILE §4, §5; Appendices F, G, H)."""
