# The portal: people and passes.
