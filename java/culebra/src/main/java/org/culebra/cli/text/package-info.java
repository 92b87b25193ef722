/** How values are written on a command line and shown to a person: sizes, tables, JSON. */
package org.culebra.cli.text;
