"""Questions: `tree` is what one means, `language` writes and reads it, `phrases` reads plain English."""
