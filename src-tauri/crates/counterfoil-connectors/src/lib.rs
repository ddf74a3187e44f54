//! counterfoil-connectors
