/**
 * The embedded storage node: an NBD server over block devices, on one thread.
 *
 * <p>{@link org.culebra.storage.node.StorageNode} is one event loop with one epoll. Each export has
 * one queue of its device, which all its clients share: what one client wrote and was answered is
 * covered by a flush of any other. Payloads are received into, and sent from, blocks of one mapping
 * that is reserved when the node is made and touched as it is used; a request takes all its blocks
 * before its payload is received, so that requests never wait for each other's memory. What a
 * client can hold is bounded: requests, blocks, and the time it stands still within a message.
 *
 * <p>A client that breaks the protocol is closed with one line; its requests at the device run out
 * and their memory is used again only then.
 */
package org.culebra.storage.node;
