// TokenTrees
