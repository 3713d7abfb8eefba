"""The paper's experiments on a study: read, computed by the engine, kept with what they were run on."""
