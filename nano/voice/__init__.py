"""nano's voice: the backbone on text to codes, and the depthformer that writes eight codes a frame."""
