//! counterfoil-runtime
