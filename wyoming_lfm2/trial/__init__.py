"""What ``models try`` does: lets a model hear, speak and answer a few things, and judges what comes out."""
