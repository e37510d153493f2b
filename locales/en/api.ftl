# Api
