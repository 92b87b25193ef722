/**
 * Devices that stand on another device and change how it behaves, not what it holds. Each keeps the
 * contract of {@link org.culebra.block.BlockDevice}, so that they stack in any order.
 */
package org.culebra.block.filter;
