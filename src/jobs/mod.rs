//! What happens without a browser: inbound, outbox, ticker.
