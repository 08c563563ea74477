# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What peers do to a server on purpose, a client that is measured meanwhile, and what is left."""
