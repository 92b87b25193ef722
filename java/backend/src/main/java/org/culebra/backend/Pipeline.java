package org.culebra.backend;

import org.culebra.block.BlockQueue;

/**
 * What a vring sends its requests into during one generation. Final: a change is a new pipeline,
 * published by the {@link ControlAgent} and adopted by the vring's agent between two cycles.
 *
 * @param queue the top of the stack, opened for this vring alone
 * @param generation counts up with each pipeline of a disk
 */
record Pipeline(BlockQueue queue, int generation) {}
