//! Readers of models, and the painter of all of them.
