"""The codec: what turns speech into the codes that nano learns to write, and codes into sound."""
