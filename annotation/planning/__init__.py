"""The plan of a human study (PROFILE Appendix A): what is labelled, by how many, in which order."""
