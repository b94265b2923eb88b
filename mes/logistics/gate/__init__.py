"""The gate: what is read of a lorry against what is on its delivery note, before it leaves."""
