/**
 * Guest memory as the back-end sees it: regions that a front-end shared, and the translation of
 * guest physical and front-end user addresses to addresses of this process.
 *
 * <p>A {@link org.culebra.guest.GuestMemory} is immutable. A change of the memory table makes a new
 * one; a request keeps the one it was walked with until it has completed, and what is mapped stays
 * mapped until the last such request let go. Nothing here maps or unmaps.
 */
package org.culebra.guest;
