//! counterfoil-store
