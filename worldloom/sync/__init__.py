"""How others see a world: wire, motion, interest, sessions and the hub that joins them."""
